"""What others test their own metrics with: toy dyads, damages, and the contract that every metric of the harness keeps.

The pytest plug-in (:mod:`echo_bench.pytest_plugin`) makes fixtures of it; nothing here needs pytest.
"""
