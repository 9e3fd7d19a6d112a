"""What officers make of the questions that the FAQ did not answer: what is asked alike, what a change would do, what nobody asks."""
