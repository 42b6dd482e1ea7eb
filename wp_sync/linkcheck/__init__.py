"""Links to other sites, asked whether they still lead somewhere: politely, without false alarms.

Asks and keeps what was answered; what of it is a finding, the audit's rules decide.
"""
