"""The rules, a family a module. `wp_sync.audit.registry` finds them; to add one, add a module."""
