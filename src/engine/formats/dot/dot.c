/* The graph in Graphviz's language. */
#include "formats/dot/picture.h"

enum
{
  NAME_CHARS = 48,
  LINE_CHARS = 60
};

/* An HTML-like label: a coloured head, then the name and the operands. */
static void
write_node (FILE *file, const LsPictureNode *node, uint32_t index)
{
  fprintf (file,
           "  n%u [label=<<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"3\" "
           "COLOR=\"%s\"%s><TR><TD BGCOLOR=\"%s\"><FONT COLOR=\"white\"><B>",
           index, node->color, node->is_port ? " STYLE=\"ROUNDED\"" : "", node->color);
  ls_xml_text (file, node->title, NAME_CHARS);
  fprintf (file, "</B></FONT></TD></TR>");
  if (node->name[0] != '\0')
    {
      fprintf (file, "<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"9\" COLOR=\"#5e5c64\">");
      ls_xml_text (file, node->name, NAME_CHARS);
      fprintf (file, "</FONT></TD></TR>");
    }
  for (uint32_t i = 0; i < node->n_lines; i++)
    {
      fprintf (file, "<TR><TD ALIGN=\"LEFT\">");
      ls_xml_text (file, node->lines[i], LINE_CHARS);
      fprintf (file, "</TD></TR>");
    }
  fprintf (file, "</TABLE>>];\n");
}

void
ls_dot_write (FILE *file, const LsPicture *picture)
{
  fprintf (file, "digraph model {\n"
                 "  graph [rankdir=TB, nodesep=0.3, ranksep=0.45, fontname=\"Helvetica\"];\n"
                 "  node [shape=plain, fontname=\"Helvetica\", fontsize=10];\n"
                 "  edge [fontname=\"Helvetica\", fontsize=8, fontcolor=\"#5e5c64\", "
                 "color=\"#77767b\", arrowsize=0.6];\n");
  for (uint32_t i = 0; i < picture->n_nodes; i++)
    write_node (file, &picture->nodes[i], i);
  for (uint32_t i = 0; i < picture->n_edges; i++)
    {
      const LsPictureEdge *edge = &picture->edges[i];

      fprintf (file, "  n%u -> n%u", edge->from, edge->to);
      if (edge->label != NULL)
        {
          fprintf (file, " [label=<");
          ls_xml_text (file, edge->label, LINE_CHARS);
          fprintf (file, ">]");
        }
      fprintf (file, ";\n");
    }
  fprintf (file, "}\n");
}
