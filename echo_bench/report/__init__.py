"""Reports: plots, browser-playable media and one page that shows a board and its clips side by side."""
