using System.Collections.Immutable;

namespace HypervVfattach.Core.Model;

/// <summary>A configuration file by which a program will configure an interface, whether or not that program runs yet.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Program">The program that reads the file.</param>
/// <param name="File">The file.</param>
/// <param name="Fits">Indices of all hardware that it would fit: one that goes by the MAC address fits both of a pair.</param>
/// <param name="IsExact">Whether it names the interface, and does not merely fit it by a pattern or a driver.</param>
internal sealed record Claim(int Link, string Program, string File, ImmutableArray<int> Fits, bool IsExact)
{
    /// <summary>The claim for the administrator's eyes.</summary>
    public string Description => $"{File} ({Program})";
}
