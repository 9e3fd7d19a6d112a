"""What the matcher is made of: words of a message, their spellings, their repair, features, the index, and the clauses of a story."""
