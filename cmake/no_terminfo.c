/* LLVM before 19 asks terminfo whether a terminal has colours, in a function that its output streams cannot do without.
 * We colour by ourselves and only use those streams for files, so that the answer does not matter: it is no. The real
 * library would be one more that the addon and the command need on every machine. */
struct term;
int setupterm(char *term, int file, int *error);
struct term *set_curterm(struct term *terminal);
int del_curterm(struct term *terminal);
int tigetnum(char *capability);

int setupterm(char *term, int file, int *error) {
  (void)term;
  (void)file;
  if (error)
    *error = 0;
  return -1;
}

struct term *set_curterm(struct term *terminal) {
  (void)terminal;
  return 0;
}

int del_curterm(struct term *terminal) {
  (void)terminal;
  return -1;
}

int tigetnum(char *capability) {
  (void)capability;
  return -2;
}
