/* A limit of how long files may get (ulimit -f): what does not fit is an error like others, and ends nobody. */
#ifndef BASE_FILE_LIMIT_H
#define BASE_FILE_LIMIT_H

/* The signal that would come is ignored from here on. */
void file_limit__survive(void);
/* For what is executed: as it was before that. */
void file_limit__give_back(void);

#endif
