namespace HypervVfattach.Tests.Unit.FreeBSD.Devd;

/// <summary>One rule: all its conditions must be met.</summary>
internal sealed record DevdRule(DevdKind Kind, int Priority, IReadOnlyList<DevdMatch> Matches,
    IReadOnlyList<string> Actions, string File, int Line);

/// <summary>What devd runs for an event: the rule, and its commands as passed to the shell, in order.</summary>
internal sealed record DevdResult(DevdRule Rule, IReadOnlyList<string> Commands);

/// <summary>The rules of several files as devd(8) uses them: by descending priority, equal ones in the order they were
/// read; only the first that matches is executed.</summary>
internal sealed class DevdRules
{
    private readonly List<DevdRule> _rules = [];
    private readonly Dictionary<string, string> _set = new(StringComparer.Ordinal);

    /// <summary>Files in the order devd reads them: /etc/devd.conf, /etc/devd/*.conf, /usr/local/etc/devd/*.conf.</summary>
    public DevdRules(params (string File, string Text)[] files)
    {
        foreach (var (file, text) in files)
            _rules.AddRange(new DevdParser(file, text, _set).Parse());
        _rules = [.. _rules.OrderByDescending(r => r.Priority)];
    }

    /// <summary>All rules in the order in which they are tried.</summary>
    public IReadOnlyList<DevdRule> Rules => _rules;

    /// <summary>kern.vm_guest, which a newer devd adds to every event; null on an older one.</summary>
    public string? VmGuest { get; init; }

    /// <summary>SIOCGIFMEDIA for media-type.</summary>
    public Func<string, string> MediaOf { get; init; } = _ => "ethernet";

    /// <summary>The result for one line of /dev/devctl; null if no rule matches.</summary>
    public DevdResult? Handle(string line)
    {
        var (kind, variables) = DevdVariables.Of(line);
        foreach (var (name, value) in _set)
            variables.TryAdd(name, value);
        if (VmGuest is not null)
            variables["vm_guest"] = VmGuest;
        var rule = _rules.Find(r => r.Kind == kind && r.Matches.All(m => m.Holds(variables, MediaOf)));
        return rule is null
            ? null
            : new DevdResult(rule, [.. rule.Actions.Select(a => DevdVariables.Expand(a, variables, quote: true))]);
    }
}
