#define KERNELS ls_kernels_avx2
#define ISA "avx2"
#define MR_F32 6
#define MR_S16 4
#include "kernels/table.h"
#include "kernels/body.h"
#define ROWS ls_rows_avx2
#include "kernels/rows_body.h"
#define RESIZE ls_resize_avx2
#include "kernels/resize_body.h"
#define ELEMENTS ls_elements_avx2
#include "kernels/elements_body.h"
