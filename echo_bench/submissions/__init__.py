"""Submissions: the results of one method with everything behind them, in one sealed file that strangers can check."""
