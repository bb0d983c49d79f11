/* Keeps a closed popover from taking the next click (GTK 4.8 on X11). */
#pragma once

/* Once, after GTK has begun: for every popover of the program, GTK's own included. */
void smith_popovers_mend (void);
