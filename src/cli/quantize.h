/* What `convert` may be told about integers. */
#ifndef LITESMITH_CLI_QUANTIZE_H
#define LITESMITH_CLI_QUANTIZE_H

#include "cli.h"

typedef struct
{
  LsConvertOptions convert;
  LsImageOptions image;
  const char *samples_path, *ranges_path; /* as given with --calibration, or NULL */
  bool observes_again;                    /* the ends in a file of ranges are chosen anew */
  LsSamples *samples;
  LsRanges *ranges;
  const char **keep_float;
} CliQuantize;

#define CLI_QUANTIZE_OPTIONS                                                                       \
  { "calibration", '\0', "PATH",                                                                   \
    "For integers: samples as a .npz file or a folder of .npz, .npy, pictures or raw bytes "       \
    "(.raw, "                                                                                      \
    ".bin), or ranges that --save-ranges wrote (.json). Both may be given. A model of integers "   \
    "needs none.",                                                                                 \
    NULL },                                                                                        \
    { "mean", '\0', "X[,Y,Z]", "Subtracted from pictures, on 0…255; for red, green, blue.",        \
      NULL },                                                                                      \
    { "std", '\0', "X[,Y,Z]", "Divides pictures after the mean.", NULL },                          \
    { "resize", '\0', "HOW", "How pictures get the input's size.", "crop stretch pad" },           \
    { "bgr", '\0', NULL, "Swaps red and blue of pictures.", NULL },                                \
    { "io", '\0', "TYPE", "float32 keeps float inputs and outputs around the integers.",           \
      "same float32" },                                                                            \
    { "observer", '\0', "NAME",                                                                    \
      "How ranges are chosen from what was seen. Without it: what gives the better numbers.",      \
      "auto min-max average percentile mse entropy" },                                             \
    { "percentile", '\0', "P",                                                                     \
      "Share of values, in per cent, that the percentile observer keeps "                          \
      "(default 99.99).",                                                                          \
      NULL },                                                                                      \
    { "save-ranges", '\0', "FILE", "Writes the ranges as JSON, to be used with --calibration.",    \
      NULL },                                                                                      \
    { "range", '\0', "NAME=LOW:HIGH",                                                              \
      "What the integers of a tensor span, by hand; beside a file of "                             \
      "ranges. Repeatable.",                                                                       \
      NULL },                                                                                      \
    { "granularity", '\0', "HOW", "Scales of weights.", "default per-channel per-tensor" },        \
    { "weight-bits", '\0', "N",                                                                    \
      "Bits of int8 weights, where LiteRT runs fewer: 4 (convolutions, FULLY_CONNECTED, "          \
      "EMBEDDING_LOOKUP) or 2 (the last two). For int8, dynamic and weight-only.",                 \
      "8 4 2" },                                                                                   \
    { "weight-block", '\0', "N",                                                                   \
      "A scale for each N values along a row of weights with 4 bits: dynamic FULLY_CONNECTED, "    \
      "EMBEDDING_LOOKUP.",                                                                         \
      "none 32 64 128 256" },                                                                      \
    { "adaptive-rounding", '\0', "WHEN",                                                           \
      "Rounds weights so that errors cancel over the samples; auto: with --auto and for coarse "   \
      "weights, where the "                                                                        \
      "outputs get better.",                                                                       \
      "auto off on" },                                                                             \
    { "bias-correction", '\0', "WHEN",                                                             \
      "Takes back through the biases what rounding the weights moves on average; auto: always, "   \
      "but with --auto only where the outputs are not better without.",                            \
      "auto off on" },                                                                             \
    { "equalization", '\0', "WHEN",                                                                \
      "Makes the channels of activations alike through the weights around them; auto: where the "  \
      "outputs get better.",                                                                       \
      "auto off on" },                                                                             \
    { "target", '\0', "NAME",                                                                      \
      "Chooses scales of weights that the target takes, and tells what does not run there. For "   \
      "an NPU the integers are int8 unless --to says otherwise.",                                  \
      "imx8mp-npu imx93-npu litert litert-micro" },                                                \
    { "keep-float", '\0', "PATTERN",                                                               \
      "Leaves operators of that name or kind in float; * and ? stand for others. Repeatable.",     \
      NULL },                                                                                      \
    { "min-sqnr", '\0', "DB",                                                                      \
      "Leaves the operators with the greatest errors in float until signal "                       \
      "against noise of the outputs is that good. Needs samples.",                                 \
      NULL },                                                                                      \
    { "auto", '\0', NULL, "Spends time on better numbers, where they are better.", NULL },         \
  {                                                                                                \
    "threads", 't', "N", "Samples at a time (default: one for each processor).", NULL              \
  }

/* Reads the options; CLI_DONE, or the exit status after a message. */
int cli_quantize_parse (const CliArgs *args, LsTo to, CliQuantize *out);
/* Opens samples and ranges; what the person should know goes to standard error. */
int cli_quantize_open (const CliArgs *args, const LsModel *model, CliQuantize *quantize);
/* Writes the ranges that the conversion used. */
int cli_quantize_save (const CliArgs *args, const LsConvertReport *report);
/* As cli_fail(), but an error that a sample's file begins is that file's and not the model's. */
int cli_quantize_fail (const CliQuantize *quantize, const char *file, const LsModel *model,
                       const LsError *error);
void cli_quantize_clear (CliQuantize *quantize);

#endif
