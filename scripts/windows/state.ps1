in work
