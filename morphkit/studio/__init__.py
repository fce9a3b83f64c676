"""The landmark studio: a page on the loopback interface to place and check landmarks.

`api` is what the page can ask for, without sockets; `server` gives it to a browser.
"""
