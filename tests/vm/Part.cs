using System.Reflection;
using HypervVfattach.Tests.Vm.Netvsc;
using Xunit.Sdk;
using Xunit.v3;

[assembly: Xunit.TestCollectionOrderer(typeof(HypervVfattach.Tests.Vm.MostImportantFirst))]

namespace HypervVfattach.Tests.Vm;

/// <summary>The parts of <c>tests/run.sh --all</c>, as tests/suite/Part.cs knows them; each ends within 45 minutes.</summary>
public static class Part
{
    /// <summary>A VF is plugged, unplugged and plugged again; a process dies in between.</summary>
    public const string Migration = "migration";

    /// <summary>What moves, what is refused and what is left alone; the test bed itself.</summary>
    public const string Configuration = "configuration";

    /// <summary>The redirect.</summary>
    public const string Redirect = "redirect";

    /// <summary>DHCP clients and ifupdown with a bond.</summary>
    public const string ClientsBond = "clients-bond";

    /// <summary>The network managers with a bond.</summary>
    public const string OwnersBond = "owners-bond";

    /// <summary>Each owner with a redirect.</summary>
    public const string OwnersRedirect = "owners-redirect";

    /// <summary>Each owner without a join.</summary>
    public const string OwnersNone = "owners-none";

    /// <summary>The stock hv_netvsc, with the host's side under the test's control.</summary>
    public const string Netvsc = "netvsc";

    /// <summary>The stock hv_netvsc of the other Debian releases.</summary>
    public const string NetvscReleases = "netvsc-releases";

    /// <summary>The scenarios of joins, fail-over and migration once more, on a KVM host.</summary>
    public const string Kvm = "kvm";

    /// <summary>Each owner with a bond on a KVM host.</summary>
    public const string KvmOwnersBond = "kvm-owners-bond";

    /// <summary>Each owner with a redirect on a KVM host, and what does not depend on the join.</summary>
    public const string KvmOwnersRedirect = "kvm-owners-redirect";

    /// <summary>What happens to real guests: TCP streams, containers, migrations between two qemus, suspension.</summary>
    public const string Lives = "lives";

    /// <summary>The other Debian releases.</summary>
    public const string Releases = "releases";

    /// <summary>The Debian packages.</summary>
    public const string Packages = "packages";

    /// <summary>All of them, the most important first.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Migration, Netvsc, Redirect, Kvm, Lives, ClientsBond, OwnersBond, OwnersRedirect, KvmOwnersBond, KvmOwnersRedirect, Configuration, OwnersNone, NetvscReleases, Releases, Packages];
}

/// <summary>Starts the tests of the most important part first, so that a run that ends early has included them.</summary>
public sealed class MostImportantFirst : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(collection => Rank(collection))];

    private static bool HasKernels(Type type) => type.GetMethods().Any(method => method.IsDefined(typeof(OnKernelsAttribute)));

    // A collection of one class is named after it; the others, such as Alone, come last anyway.
    private static int Rank(ITestCollection collection)
    {
        const string prefix = "Test collection for ";
        var type = collection.TestCollectionDisplayName.StartsWith(prefix, StringComparison.Ordinal)
            ? typeof(Part).Assembly.GetType(collection.TestCollectionDisplayName[prefix.Length..].Split(' ')[0]) : null;
        var part = type?.GetCustomAttribute<PartAttribute>()?.Name ?? (type is not null && HasKernels(type) ? Part.Netvsc : null);
        return part is null ? Part.All.Count : Part.All.ToList().IndexOf(part);
    }
}
