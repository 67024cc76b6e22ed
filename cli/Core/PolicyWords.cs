using HypervVfattach.Core.Model;

namespace HypervVfattach.Core;

/// <summary>Phrases about interfaces and settings, for the reasons and the advice of decisions.</summary>
internal static class PolicyWords
{
    public static string NameOf(int link, Snapshot snapshot) => snapshot.Find(link)?.Name ?? $"interface {link}";

    public static string Kind(Link link) => link.Kind ?? (link.Device?.Driver is { } driver ? $"a {driver} NIC" : "no kind");

    public static string Kinds(IEnumerable<Link> links) =>
        string.Join(", ", links.Select(link => $"{link.Name} ({Kind(link)})"));

    public static string List(IEnumerable<Link> links) => string.Join(", ", links.Select(link => link.Name));

    public static string Describe(int master, Snapshot snapshot) => snapshot.Find(master) is { } link
        ? $"the {Described(link)} {link.Name}"
        : $"interface {master}, which is not visible here";

    public static string Described(Link master) => master.Kind switch
    {
        null => "interface",
        "openvswitch" => "Open vSwitch",
        { } kind => kind,
    };

    public static string Describe(Owner owner) => $"{owner.Program} ({owner.Evidence})";

    // Not at once: the reader may be connected through the interface that has to change.
    public static string AtStart(string what) => $"{what} from the next boot on, and restart the machine";

    public static string OptOut(Link synthetic) => $"set join = \"none\" {Under(synthetic, null)} to leave the pair alone";

    public static string Under(Link synthetic, Join? join)
    {
        string name = join?.SyntheticName ?? synthetic.Name;
        bool bare = name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'); // TOML 1.0, "Keys"
        return $"under [interface.{(bare ? name : $"\"{name}\"")}] in the configuration file";
    }
}
