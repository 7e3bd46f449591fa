"""What the program tests stand on: real terminals, real tmux, real ssh, real second users.

Every module is one idea and uses the standard library only.  Nothing here sleeps for a fixed
time: whatever has to happen is waited for, with a deadline (see waiting.py).
"""
