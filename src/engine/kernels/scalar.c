#define KERNELS ls_kernels_scalar
#define ISA "scalar"
#define MR_F32 4
#define MR_S16 4
#include "kernels/table.h"
#include "kernels/body.h"
#define ROWS ls_rows_scalar
#include "kernels/rows_body.h"
#define RESIZE ls_resize_scalar
#include "kernels/resize_body.h"
#define ELEMENTS ls_elements_scalar
#include "kernels/elements_body.h"
