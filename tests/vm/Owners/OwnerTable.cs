using System.Globalization;
using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Xunit;

[assembly: AssemblyFixture(typeof(OwnerTable))]

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>Probes sent and lost, by owner, scenario, phase and join: printed when all scenarios have ended, and stored in
/// artifacts/owners.txt.</summary>
public sealed class OwnerTable : IDisposable
{
    private static readonly string[] s_head = ["owner", "join", "scenario", "phase", "address", "sent", "lost", "silence"];

    private readonly Lock _lock = new();
    private readonly List<string[]> _rows = [];

    /// <summary>Adds the results of one scenario's probes.</summary>
    public void Add(string owner, string join, string scenario, IEnumerable<ProbeRow> rows)
    {
        lock (_lock)
            _rows.AddRange(rows.Select(row => new[]
            {
                owner, join, scenario, row.Phase, row.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "IPv4" : "IPv6",
                row.Sent.ToString(CultureInfo.InvariantCulture), row.Lost.ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{row.Silence.TotalMilliseconds:0} ms"),
            }));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_rows.Count == 0)
            return;
        // Scenarios end in any order; the phases of one are in order, and the sort keeps that.
        var rows = _rows.OrderBy(row => row[2], StringComparer.Ordinal).ThenBy(row => row[0], StringComparer.Ordinal)
            .ThenBy(row => row[1], StringComparer.Ordinal).Prepend(s_head).ToList();
        var widths = s_head.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var text = string.Join('\n', rows.Select(row => string.Join("  ", row.Select((cell, column) =>
            column > 4 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))))) + "\n";
        File.WriteAllText(Path.Combine(Repository.Top, "artifacts", "owners.txt"), text);
        Console.Write($"\n{text}");
    }
}
