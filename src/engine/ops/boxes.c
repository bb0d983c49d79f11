#include "ops/boxes.h"

static float
larger (float a, float b)
{
  return a < b ? b : a;
}

static float
smaller (float a, float b)
{
  return b < a ? b : a;
}

float
ls_rect_overlap (const LsRect *a, const LsRect *b)
{
  const float area_a = (a->y1 - a->y0) * (a->x1 - a->x0),
              area_b = (b->y1 - b->y0) * (b->x1 - b->x0);

  if (area_a <= 0 || area_b <= 0)
    return 0.0f;

  const float height = larger (smaller (a->y1, b->y1) - larger (a->y0, b->y0), 0.0f),
              width = larger (smaller (a->x1, b->x1) - larger (a->x0, b->x0), 0.0f);
  const float common = height * width;

  return common / (area_a + area_b - common);
}
