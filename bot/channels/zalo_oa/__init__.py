"""Zalo Official Accounts: one app, any number of accounts that granted it permission, one webhook for all of them."""
