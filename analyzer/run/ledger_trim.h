/* The hole at the end of a ledger whose process was killed: 256 MiB that a copy may fill with zeros. */
#ifndef COMMANDS_LEDGER_TRIM_H
#define COMMANDS_LEDGER_TRIM_H

/* Cuts the file behind its last data, if no process has it open or mapped; else it stays as it is. */
void ledger_trim__cut(const char *path);

#endif
