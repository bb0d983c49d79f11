/* Times for people. */
#pragma once

/* Three digits with the unit that suits: "44.4 µs", "1.20 ms". Owned by the caller. */
char *smith_time_text (double us);
