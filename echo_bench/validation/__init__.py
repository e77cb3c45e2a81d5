"""The validation lab: damages of graded strength against every protocol id, and what each id was found to see."""
