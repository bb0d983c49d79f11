/* Moved: files of arrays need packed strings as well. */
#include "base/strings.h"
