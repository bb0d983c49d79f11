#define KERNELS ls_kernels_avx512
#define ISA "avx512"
#define MR_F32 12
#define MR_S16 12
#include "kernels/table.h"
#include "kernels/body.h"
#define ROWS ls_rows_avx512
#include "kernels/rows_body.h"
#define RESIZE ls_resize_avx512
#include "kernels/resize_body.h"
#define ELEMENTS ls_elements_avx512
#include "kernels/elements_body.h"
