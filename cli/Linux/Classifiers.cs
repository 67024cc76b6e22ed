using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Bpf;
using HypervVfattach.Linux.Netlink;
using Microsoft.Win32.SafeHandles;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Traffic control filters of interfaces: finds them, attaches and detaches ours, writes the map of a redirect.</summary>
internal sealed class Classifiers(NetlinkSocket socket)
{
    private static readonly Version s_tcxSince = new(6, 6);

    /// <summary>All filters on these interfaces, and the targets of our redirects.</summary>
    public (List<Classifier> Classifiers, List<Redirect> Redirects) Of(IEnumerable<int> links)
    {
        List<Classifier> all = [];
        List<Redirect> redirects = [];
        foreach (FoundClassifier discipline in Disciplines(links))
        {
            all.Add(discipline.Classifier);
            int link = discipline.Classifier.Link;
            foreach (Hook hook in (ReadOnlySpan<Hook>)[Hook.Ingress, Hook.Egress])
            {
                foreach (FoundClassifier found in On(link, hook))
                {
                    all.Add(found.Classifier);
                    if (hook == Hook.Egress && found.Classifier.IsOurs)
                        redirects.Add(new Redirect(link, Target(found)));
                }
            }
        }
        return (all, redirects);
    }

    /// <summary>The programs attached to these interfaces without a filter, through tcx.</summary>
    public static List<Classifier> Tcx(IEnumerable<int> links)
    {
        List<Classifier> all = [];
        foreach (int link in links)
        {
            foreach (Hook hook in (ReadOnlySpan<Hook>)[Hook.Ingress, Hook.Egress])
            {
                try
                {
                    foreach (string name in BpfSystemCall.Attached(link, hook == Hook.Egress))
                        all.Add(new Classifier(link, hook, "tcx", 0, name));
                }
                catch (SystemRefusal refusal) when (Environment.OSVersion.Version is var kernel && (kernel.Major == 0 || kernel >= s_tcxSince))
                {
                    all.Add(new Classifier(link, hook, "tcx") { Unseen = refusal.Message });
                }
                catch (SystemRefusal)
                {
                    // A kernel before 6.6 has no tcx, so its refusal to answer hides nothing.
                }
            }
        }
        return all;
    }

    /// <summary>Whether an interface has any filter.</summary>
    public bool HasAny(int link) => On(link, Hook.Ingress).Count + On(link, Hook.Egress).Count > 0;

    /// <summary>Loads the programs of a synthetic NIC and attaches them with an empty map.</summary>
    public Ack Attach(AttachEgress change)
    {
        using SafeFileHandle map = BpfSystemCall.CreateDeviceMap();
        using SafeFileHandle memory = BpfSystemCall.CreateArray(GroupFrames.Slots);
        using SafeFileHandle egress = BpfSystemCall.Load(RedirectPrograms.Egress(Number(map), Number(memory), change.Source));
        using SafeFileHandle ingress = BpfSystemCall.Load(RedirectPrograms.IngressOfSynthetic(Number(memory)));
        // The egress program last: it is what makes a redirect (RedirectState.HasProgram).
        Ack ack = Attach(change.Link, Hook.Ingress, ingress);
        return ack.Errno == 0 ? Attach(change.Link, Hook.Egress, egress) : ack;
    }

    /// <summary>Loads the program of a VF and attaches it.</summary>
    public Ack Attach(AttachIngress change)
    {
        // The synthetic NIC's program has the memory of what arrived on either. If another program removed that, group frames arrive twice.
        using SafeFileHandle memory = (Ours(change.Synthetic, Hook.Ingress) is { } synthetic ? BpfSystemCall.MapOf(synthetic.Program) : null)
            ?? BpfSystemCall.CreateArray(GroupFrames.Slots);
        using SafeFileHandle program = BpfSystemCall.Load(RedirectPrograms.IngressOfVf(Number(memory), change.Synthetic));
        return Attach(change.Link, Hook.Ingress, program);
    }

    /// <summary>Removes our filters from an interface, if there are any.</summary>
    public Ack Detach(DetachFilters change)
    {
        foreach (Hook hook in (ReadOnlySpan<Hook>)[Hook.Ingress, Hook.Egress])
        {
            if (!On(change.Link, hook).Exists(found => found.Classifier.IsOurs))
                continue;
            var writer = new MessageWriter([]);
            ClassifierCodec.WriteDetach(ref writer, change.Link, hook);
            Ack ack = socket.Send(writer.Written)[0];
            if (ack.Errno is not (0 or ENOENT or ENODEV or EINVAL))
                return ack;
        }
        return default;
    }

    /// <summary>Writes a redirect's map.</summary>
    /// <returns>An ack of ENOENT when there is no redirect.</returns>
    public Ack Switch(SwitchPath change)
    {
        using SafeFileHandle? map = Ours(change.Synthetic, Hook.Egress) is { } found ? BpfSystemCall.MapOf(found.Program) : null;
        if (map is null)
            return new Ack(ENOENT, "the redirect's program is gone");
        BpfSystemCall.Write(map, change.Vf);
        return default;
    }

    private FoundClassifier? Ours(int link, Hook hook) => On(link, hook).Find(found => found.Classifier.IsOurs);

    private static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    private Ack Attach(int link, Hook hook, SafeFileHandle program)
    {
        var writer = new MessageWriter(stackalloc byte[128]);
        ClassifierCodec.WriteAttach(ref writer, link, hook, Number(program));
        return socket.Send(writer.Written)[0];
    }

    private List<FoundClassifier> Disciplines(IEnumerable<int> links)
    {
        var writer = new MessageWriter(stackalloc byte[256]);
        foreach (int link in links)
            ClassifierCodec.WriteGetDiscipline(ref writer, link);
        List<FoundClassifier> found = [];
        // An interface without one answers with an error, and so does a kernel without traffic control.
        if (!writer.Written.IsEmpty)
            socket.Get(writer.Written, ClassifierCodec.TryDecode, found);
        return found;
    }

    private List<FoundClassifier> On(int link, Hook hook)
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        ClassifierCodec.WriteDump(ref writer, link, hook);
        return socket.Dump<FoundClassifier>("filters", writer.Written, ClassifierCodec.TryDecode) ?? [];
    }

    private static int? Target(FoundClassifier found)
    {
        using SafeFileHandle? map = BpfSystemCall.MapOf(found.Program);
        return map is null ? null : BpfSystemCall.Read(map);
    }
}
