"""Every old address of a site to its new one, for the servers that people run.

`old` says which addresses a record had, `choose` which of them become redirects, `writers` how a
server is told. What the new address is comes from whoever asks (`new.NewAddresses`).
"""
