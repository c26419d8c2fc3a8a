"""How credentials show in text: names that tell, values, commands and headers, forms of tokens. Pure."""
