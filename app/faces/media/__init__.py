"""Pictures, on a host name of their own: nothing there can read a page's cookies or be one."""
