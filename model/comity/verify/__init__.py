"""What a journal's referee would ask of the model, in ten minutes and on one page (`comity verify`)."""
