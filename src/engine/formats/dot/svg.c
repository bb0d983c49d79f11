/* The graph as SVG, on coordinates that are known. */
#include "formats/dot/picture.h"

#include <math.h>
#include <stdlib.h>

#include "formats/dot/look.h"

/* A length with one decimal and no trailing zero, in any locale. */
static void
put (FILE *file, const char *before, float value)
{
  long tenths = lroundf (value * 10);
  const char *sign = tenths < 0 ? "-" : "";

  tenths = labs (tenths);
  if (tenths % 10 != 0)
    fprintf (file, "%s%s%ld.%ld", before, sign, tenths / 10, tenths % 10);
  else
    fprintf (file, "%s%s%ld", before, sign, tenths / 10);
}

static void
put_text (FILE *file, const char *class, float x, float y, const char *text, size_t max_chars)
{
  fprintf (file, "<text class=\"%s\"", class);
  put (file, " x=\"", x);
  put (file, "\" y=\"", y);
  fprintf (file, "\">");
  ls_xml_text (file, text, max_chars);
  fprintf (file, "</text>\n");
}

/* The head has round corners above only: a round box behind, and a square strip below it. */
static void
write_head (FILE *file, const LsPictureNode *node, float left, float top)
{
  const float r = LOOK_RADIUS, w = node->place.width, h = LOOK_HEAD;

  put (file, "<path d=\"M", left);
  put (file, " ", top + h);
  put (file, "v", r - h);
  fprintf (file, "q0 -%g %g -%gh", (double) r, (double) r, (double) r);
  put (file, "", w - 2 * r);
  fprintf (file, "q%g 0 %g %gv", (double) r, (double) r, (double) r);
  put (file, "", h - r);
  fprintf (file, "z\" fill=\"%s\"/>\n", node->color);
}

static void
write_box (FILE *file, const LsPictureNode *node, float left, float top)
{
  put (file, "<rect class=\"box\" x=\"", left);
  put (file, "\" y=\"", top);
  put (file, "\" width=\"", node->place.width);
  put (file, "\" height=\"", node->place.height);
  fprintf (file, "\" rx=\"%g\" stroke=\"%s\"/>\n",
           (double) (node->is_port ? node->place.height / 2 : LOOK_RADIUS), node->color);
}

static void
write_node (FILE *file, const LsPictureNode *node)
{
  float left = node->place.x - node->place.width / 2, top = node->place.y - node->place.height / 2;
  float y = top + LOOK_HEAD;

  fprintf (file, "<g><title>");
  ls_xml_text (file, node->title, 200);
  fprintf (file, " ");
  ls_xml_text (file, node->name, 1000);
  fprintf (file, "</title>\n");
  write_box (file, node, left, top);
  if (node->is_port)
    {
      put_text (file, "port", node->place.x, top + LOOK_LINE + 3, node->name, LOOK_NAME_CHARS);
      y = top + LOOK_LINE + 4;
    }
  else
    {
      write_head (file, node, left, top);
      put_text (file, "kind", node->place.x, top + LOOK_HEAD - 6, node->title, LOOK_NAME_CHARS);
      put_text (file, "name", left + LOOK_PADDING, y += LOOK_LINE, node->name, LOOK_NAME_CHARS);
    }
  for (uint32_t i = 0; i < node->n_lines; i++)
    {
      y += LOOK_LINE;
      if (node->is_port)
        put_text (file, "shape", node->place.x, y - 1, node->lines[i], LOOK_LINE_CHARS);
      else
        put_text (file, "line", left + LOOK_PADDING, y, node->lines[i], LOOK_LINE_CHARS);
    }
  fprintf (file, "</g>\n");
}

/* A route ends at the border of its box, or, from Graphviz, a little before the arrow's head. */
static void
write_edge (FILE *file, const LsPicture *picture, const LsPictureEdge *edge)
{
  const LsLayoutNode *to = &picture->nodes[edge->to].place;
  const float *points = edge->points;
  float x = points[2 * edge->n_points - 2], y = to->y - to->height / 2;

  put (file, "<path d=\"M", points[0]);
  put (file, " ", points[1]);
  for (uint32_t i = 1; i < edge->n_points; i++)
    {
      put (file, i == 1 ? "C" : " ", points[2 * i]);
      put (file, " ", points[2 * i + 1]);
    }
  if (points[2 * edge->n_points - 1] < y)
    {
      put (file, "L", x);
      put (file, " ", y);
    }
  fprintf (file, "\" marker-end=\"url(#a)\"/>\n");
}

/* Where the edge is half-way to the next rank. */
static void
write_label (FILE *file, const LsPictureEdge *edge)
{
  const float *points = edge->points;
  float x = (points[0] + 3 * points[2] + 3 * points[4] + points[6]) / 8;
  float y = (points[1] + 3 * points[3] + 3 * points[5] + points[7]) / 8;

  if (edge->label != NULL)
    put_text (file, "shape", x, y + 3, edge->label, LOOK_LINE_CHARS);
}

void
ls_svg_write (FILE *file, const LsPicture *picture)
{
  fprintf (file, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<svg xmlns=\"http://www.w3.org/2000/svg\"");
  put (file, " width=\"", picture->width);
  put (file, "\" height=\"", picture->height);
  put (file, "\" viewBox=\"0 0 ", picture->width);
  put (file, " ", picture->height);
  fprintf (file, "\" font-family=\"Cantarell, Helvetica, Arial, sans-serif\">\n<title>");
  ls_xml_text (file, picture->title, 200);
  fprintf (file,
           "</title>\n<style>\n"
           "text { font-size: %gpx; fill: #241f31; }\n"
           ".kind { font-weight: bold; fill: #ffffff; text-anchor: middle; }\n"
           ".port { font-weight: bold; text-anchor: middle; }\n"
           ".name { fill: #5e5c64; font-size: %gpx; }\n"
           ".shape { fill: #5e5c64; font-size: %gpx; text-anchor: middle; paint-order: stroke; "
           "stroke: #ffffff; stroke-width: 3px; }\n"
           ".box { fill: #ffffff; stroke-width: 1.2; }\n"
           ".edges { fill: none; stroke: #9a9996; stroke-width: 1.2; }\n"
           "</style>\n"
           "<defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
           "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#9a9996\" "
           "stroke=\"none\"/></marker></defs>\n"
           "<rect width=\"100%%\" height=\"100%%\" fill=\"#fafafa\"/>\n<g class=\"edges\">\n",
           (double) LOOK_FONT, (double) LOOK_SMALL_FONT, (double) LOOK_SMALL_FONT);
  for (uint32_t i = 0; i < picture->n_edges; i++)
    if (picture->edges[i].n_points >= 4)
      write_edge (file, picture, &picture->edges[i]);
  fprintf (file, "</g>\n");
  for (uint32_t i = 0; i < picture->n_nodes; i++)
    write_node (file, &picture->nodes[i]);
  for (uint32_t i = 0; i < picture->n_edges; i++)
    if (picture->edges[i].n_points >= 4)
      write_label (file, &picture->edges[i]);
  fprintf (file, "</svg>\n");
}
