"""What search engines are told: titles, descriptions, addresses, and what is hidden."""
