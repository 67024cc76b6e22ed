using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace HypervVfattach.Suite;

/// <summary>Result of one test.</summary>
/// <param name="Name">Its name with its arguments.</param>
/// <param name="Method">The method, as the test program's filter takes it.</param>
/// <param name="Result">Pass, Fail or Skip.</param>
/// <param name="IsCore">Whether it has the trait <c>core</c>.</param>
/// <param name="Reason">Why it was skipped.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record TestCase(string Name, string Method, string Result, bool IsCore, string Reason, double Seconds)
{
    /// <summary>The kernel that it has for itself, or null.</summary>
    public string? Kernel { get; init; }

    /// <summary>Whether it ran with the product, or without it to compare.</summary>
    public bool WithProduct { get; init; }

    /// <summary>Whether it warned of something that is not the product's.</summary>
    public bool HasWarning { get; init; }

    /// <summary>Whether it was not started because the run's time was over (tests/vm/RunLimit.cs).</summary>
    public bool NotStarted => Result == "Skip" && Reason.StartsWith("not started", StringComparison.Ordinal);
}

/// <summary>xunit's XML report.</summary>
internal static class TestReport
{
    /// <summary>The tests of a report, and failures outside of any test; null if there is no report or its end is missing.</summary>
    public static IReadOnlyList<TestCase>? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        XDocument report;
        try
        {
            report = XDocument.Load(path);
        }
        catch (XmlException)
        {
            return null;
        }
        return
        [
            .. report.Descendants("test").Select(test =>
            {
                var method = $"{(string?)test.Attribute("type")}.{(string?)test.Attribute("method")}";
                return new TestCase((string?)test.Attribute("name") ?? method, method, (string?)test.Attribute("result") ?? "Fail",
                    Trait(test, "core") is not null, ((string?)test.Element("reason") ?? "").Trim(),
                    double.Parse((string?)test.Attribute("time") ?? "0", CultureInfo.InvariantCulture))
                {
                    Kernel = Trait(test, "kernel"), WithProduct = Trait(test, "product") == "with", HasWarning = test.Descendants("warning").Any(),
                };
            }).Where(test => test.Result != "NotRun"),
            .. report.Descendants("error").Select(error =>
                new TestCase($"{(string?)error.Attribute("type")} {(string?)error.Attribute("name")}", "", "Fail", false, "", 0)),
        ];
    }

    private static string? Trait(XElement test, string name) =>
        (string?)test.Descendants("trait").FirstOrDefault(trait => (string?)trait.Attribute("name") == name)?.Attribute("value");
}
