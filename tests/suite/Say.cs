using System.Globalization;

namespace HypervVfattach.Suite;

/// <summary>Prints lines about the run itself.</summary>
internal static class Say
{
    /// <summary>Prints a line with the time of day.</summary>
    public static void Step(string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"== {DateTime.Now:HH:mm:ss} {text}"));
}
