namespace HypervVfattach.Suite;

/// <summary>A named share of all tests, small enough for one sitting.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tier">The tier to which its tests belong.</param>
/// <param name="Filter">The arguments that make the test program run only these tests.</param>
internal sealed record Part(string Name, Tier Tier, IReadOnlyList<string> Filter)
{
    /// <summary>After this time a part starts no more tests.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(45);

    /// <summary>All parts, which together are all tests; those of the vm tier have these names as a trait (tests/vm/Part.cs).</summary>
    public static IReadOnlyList<Part> All { get; } =
    [
        new("unit", Tier.Unit, []),
        new("kernel", Tier.Kernel, Tier.Kernel.Core),
        new("faults", Tier.Kernel, [.. Tier.Kernel.Everything, "-trait", "extensive=true"]),
        .. new[] { "migration", "netvsc", "redirect", "kvm", "lives", "clients-bond", "owners-bond", "owners-redirect", "kvm-owners-bond", "kvm-owners-redirect", "configuration", "owners-none", "netvsc-releases", "releases", "packages" }
            .Select(name => new Part(name, Tier.Vm, ["-trait", $"part={name}"])),
    ];
}
