using System.Text;

namespace HypervVfattach.Machines.Owners;

/// <summary>systemd-networkd with a .network file whose lines are indented, as here documents leave them.</summary>
public sealed class IndentedNetworkd : Networkd
{
    /// <inheritdoc/>
    public override string Name => "systemd-networkd, indented";

    /// <inheritdoc/>
    public override IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces) =>
        [.. base.Files(method, interfaces).Select(file => GuestFile.Text(file.Path, Indented(file)))];

    private static string Indented(GuestFile file) => string.Concat(Encoding.UTF8.GetString(file.Content.Span).Split('\n')
        .Select(line => line.Length == 0 ? "\n" : $"    {line}\n"));
}
