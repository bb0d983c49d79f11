#define KERNELS ls_kernels_avx512vnni
#define ISA "avx512vnni"
#define MR_F32 12
#define MR_S16 12
#include "kernels/table.h"
#include "kernels/body.h"
#define ROWS ls_rows_avx512vnni
#include "kernels/rows_body.h"
#define RESIZE ls_resize_avx512vnni
#include "kernels/resize_body.h"
#define ELEMENTS ls_elements_avx512vnni
#include "kernels/elements_body.h"
