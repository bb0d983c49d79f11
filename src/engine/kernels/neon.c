#define KERNELS ls_kernels_neon
#define ISA "neon"
#define MR_F32 8
#define MR_S16 4
#include "kernels/table.h"
#include "kernels/body.h"
#define ROWS ls_rows_neon
#include "kernels/rows_body.h"
#define RESIZE ls_resize_neon
#include "kernels/resize_body.h"
#define ELEMENTS ls_elements_neon
#include "kernels/elements_body.h"
