using System.Collections.Immutable;
using System.Net;
using System.Text;
using HypervVfattach.Core.Model;

namespace HypervVfattach.FreeBSD;

/// <summary>Facts about interfaces that the kernel does not provide, or only in structs that change between releases: taken from the
/// system's programs.</summary>
internal sealed class Surroundings(IPrograms programs)
{
    private readonly Clients _clients = new(programs);
    private readonly RcConfReader _rcConf = new(programs);

    /// <summary>Completes the facts for these interfaces.</summary>
    public FreeBsdFacts Complete(FreeBsdFacts facts, IReadOnlyList<Link> links, IReadOnlyList<Link> asked) => facts with
    {
        DhcpClients =
        [
            .. asked.Select(link => (link.Index, Process: _clients.Of(link.Name)))
                .Where(client => client.Process is not null)
                .Select(client => new DhcpClient(client.Index, client.Process!.Value)),
        ],
        Bridged = [.. links.Where(link => link.Kind == "bridge").SelectMany(bridge => Members(bridge, asked))],
        StaticArps = [.. asked.Where(IsSynthetic).SelectMany(StaticArps)],
        RcConfs = [.. asked.Where(IsSynthetic).Select(_rcConf.Of)],
    };

    /// <summary>Programs that configure one of these interfaces and do not follow a move.</summary>
    public ImmutableArray<Owner> Owners(IEnumerable<Link> asked) =>
        [.. asked.Where(IsSynthetic)
            .Select(link => (link.Index, Other: _clients.OtherOf(link.Name)))
            .Where(found => found.Other is not null)
            .Select(found => new Owner(found.Index, found.Other!.Value.Program, found.Other.Value.Evidence))];

    private static bool IsSynthetic(Link link) => link.Device?.Driver == FreeBsdBackend.SyntheticDriver;

    // "member: hn0 flags=143<LEARNING,...>", one line per member, in every release.
    private IEnumerable<BridgeMember> Members(Link bridge, IReadOnlyList<Link> asked) =>
        Lines("/sbin/ifconfig", bridge.Name)
            .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["member:", _, ..])
            .SelectMany(words => asked.Where(link => link.Name == words[1]))
            .Select(link => new BridgeMember(link.Index, bridge.Name));

    // "? (192.0.2.7) at 00:15:5d:01:02:03 on hn0 permanent [ethernet]". The interface's own address is permanent too.
    private IEnumerable<StaticArp> StaticArps(Link link)
    {
        foreach (string line in Lines("/usr/sbin/arp", "-a", "-n", "-i", link.Name))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [_, ['(', .., ')'] text, "at", var mac, "on", var name, "permanent", ..]
                && name == link.Name && !mac.Equals($"{link.Address}", StringComparison.OrdinalIgnoreCase)
                && IPAddress.TryParse(text[1..^1], out IPAddress? address))
                yield return new StaticArp(link.Index, address);
        }
    }

    private string[] Lines(params ReadOnlySpan<string> program)
    {
        ProgramResult result = programs.Run(program);
        return result.Status == 0
            ? Encoding.UTF8.GetString(result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
    }
}
