using System.Globalization;

namespace HypervVfattach.Suite;

/// <summary>Lines about the run itself.</summary>
internal static class Say
{
    /// <summary>A line with the time of day.</summary>
    public static void Step(string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"== {DateTime.Now:HH:mm:ss} {text}"));
}
