/* Names of functions, out of ELF files. */
#ifndef LW_SYMBOL_H
#define LW_SYMBOL_H

#include "build_id.h"
#include "elf.h"
#include "exports.h"
#include "names.h"

#endif
