using System.Net;
using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>A filter with the id of its BPF program; 0 if it has none.</summary>
internal sealed class FoundClassifier(Classifier classifier, uint program)
{
    public Classifier Classifier => classifier;
    public uint Program => program;
}

/// <summary>The <c>clsact</c> queueing discipline and the filters on it: <see cref="Classifier"/> to and from
/// RTM_NEWQDISC and RTM_NEWTFILTER.</summary>
internal static class ClassifierCodec
{
    private const uint ClsactHandle = 0xFFFF0000;
    private const uint OurHandle = 1;

    // On the synthetic NIC ours runs after all others, so that what they drop stays dropped: the kernel assigns priorities downwards from
    // 0xC000 (tcf_auto_prio). On the VF, where no other filter is allowed, it does not matter.
    private const uint OurPriority = 0xFFFF;

    /// <summary>Writes the request to create an interface's clsact.</summary>
    public static void WriteAddClsact(ref MessageWriter writer, int link) =>
        WriteClsact(ref writer, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, link, ClsactHandle);

    /// <summary>Writes the request to remove it.</summary>
    public static void WriteRemoveClsact(ref MessageWriter writer, int link) =>
        WriteClsact(ref writer, RTM_DELQDISC, 0, link, ClsactHandle);

    /// <summary>Writes the request for the discipline that has an interface's filters.</summary>
    /// <remarks>Without NLM_F_ECHO all listeners get the answer, but not the requester (qdisc_notify, net/sched/sch_api.c).</remarks>
    public static void WriteGetDiscipline(ref MessageWriter writer, int link)
    {
        int message = writer.Begin(RTM_GETQDISC, NLM_F_ECHO);
        writer.Append(new TrafficControlHeader { Index = link, Parent = TC_H_CLSACT });
        writer.End(message);
    }

    /// <summary>Writes the request for all filters of one direction.</summary>
    public static void WriteDump(ref MessageWriter writer, int link, Hook hook)
    {
        int message = writer.Begin(RTM_GETTFILTER, 0);
        writer.Append(new TrafficControlHeader { Index = link, Parent = ParentOf(hook) });
        writer.End(message);
    }

    /// <summary>Writes the request to attach our filter, in place of an earlier one.</summary>
    /// <param name="writer">The output.</param>
    /// <param name="link">Index of the interface.</param>
    /// <param name="hook">Direction.</param>
    /// <param name="program">Descriptor of the loaded program.</param>
    public static void WriteAttach(ref MessageWriter writer, int link, Hook hook, int program)
    {
        int message = writer.Begin(RTM_NEWTFILTER, NLM_F_CREATE);
        writer.Append(Ours(link, hook));
        writer.Put(TCA_KIND, "bpf");
        int options = writer.BeginNested(TCA_OPTIONS);
        writer.Put(TCA_BPF_FD, program);
        writer.Put(TCA_BPF_NAME, Classifier.OurName);
        // The program's return value is the verdict.
        writer.Put(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
        writer.EndNested(options);
        writer.End(message);
    }

    /// <summary>Writes the request to remove our filter.</summary>
    public static void WriteDetach(ref MessageWriter writer, int link, Hook hook)
    {
        int message = writer.Begin(RTM_DELTFILTER, 0);
        writer.Append(Ours(link, hook));
        writer.Put(TCA_KIND, "bpf");
        writer.End(message);
    }

    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecode(in Message message, out FoundClassifier? value)
    {
        value = null;
        if (message.Header.Type is not (RTM_NEWQDISC or RTM_NEWTFILTER))
            return true;
        if (!message.TryRead(out TrafficControlHeader head, out AttributeReader attributes))
            return false;

        string kind = "", name = "";
        uint program = 0;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case TCA_KIND:
                    kind = attributes.Text();
                    break;
                case TCA_OPTIONS when kind == "bpf":
                    AttributeReader options = attributes.Nested();
                    while (options.Next())
                    {
                        if (options.Type == TCA_BPF_NAME)
                            name = options.Text();
                        else if (options.Type == TCA_BPF_ID)
                            program = options.Read<uint>();
                    }
                    attributes.Check(options);
                    break;
            }
        }
        if (attributes.IsMalformed)
            return false;

        bool isFilter = message.Header.Type == RTM_NEWTFILTER;
        // Each priority is listed once by itself, without a handle, before its filters.
        if (isFilter && head.Handle == 0)
            return true;
        value = new FoundClassifier(
            new Classifier(
                head.Index, !isFilter ? Hook.Discipline : head.Parent == ParentOf(Hook.Egress) ? Hook.Egress : Hook.Ingress,
                kind, isFilter ? head.Info >> 16 : 0, name.Length == 0 ? null : name),
            program);
        return true;
    }

    private static void WriteClsact(ref MessageWriter writer, ushort type, ushort flags, int link, uint handle)
    {
        int message = writer.Begin(type, flags);
        writer.Append(new TrafficControlHeader { Index = link, Handle = handle, Parent = TC_H_CLSACT });
        writer.Put(TCA_KIND, "clsact");
        writer.End(message);
    }

    private static TrafficControlHeader Ours(int link, Hook hook) => new()
    {
        Index = link,
        Handle = OurHandle,
        Parent = ParentOf(hook),
        Info = OurPriority << 16 | (ushort)IPAddress.HostToNetworkOrder((short)ETH_P_ALL),
    };

    private static uint ParentOf(Hook hook) =>
        (TC_H_CLSACT & 0xFFFF0000) | (hook == Hook.Egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}
