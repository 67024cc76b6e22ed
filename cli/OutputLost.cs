namespace HypervVfattach;

/// <summary>Standard output or standard error takes nothing more: the disk is full, the reader has gone.</summary>
internal sealed class OutputLost(string words) : IOException(words);
