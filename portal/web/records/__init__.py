"""Customers, products, orders and the short lists: tables, pages and forms."""
