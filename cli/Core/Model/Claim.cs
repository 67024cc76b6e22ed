using System.Collections.Immutable;

namespace HypervVfattach.Core.Model;

/// <summary>A configuration file with which a program will configure an interface, whether or not that program runs yet.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Program">The program that reads the file.</param>
/// <param name="File">The file.</param>
/// <param name="Fits">Indexes of all hardware NICs that it matches: one that matches a MAC address matches both NICs of a pair.</param>
/// <param name="IsExact">Whether it names the interface, instead of matching a pattern or a driver.</param>
internal sealed record Claim(int Link, string Program, string File, ImmutableArray<int> Fits, bool IsExact)
{
    /// <summary>The claim in words, for messages.</summary>
    public string Description => $"{File} ({Program})";
}
