using System.Net;
using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Encodes and decodes policy rules: <see cref="Rule"/> to and from RTM_NEWRULE.</summary>
internal static class RuleCodec
{
    /// <summary>Writes the request for all rules of a family.</summary>
    public static void WriteDump(ref MessageWriter writer, byte family)
    {
        int message = writer.Begin(RTM_GETRULE, 0);
        writer.Append(new RuleHeader { Family = family });
        writer.End(message);
    }

    /// <summary>Writes the request to add a rule.</summary>
    public static void WriteAdd(ref MessageWriter writer, Rule rule)
    {
        int message = writer.Begin(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
        Write(ref writer, rule);
        writer.End(message);
    }

    /// <summary>Writes the request to remove a rule.</summary>
    public static void WriteRemove(ref MessageWriter writer, Rule rule)
    {
        int message = writer.Begin(RTM_DELRULE, 0);
        Write(ref writer, rule);
        writer.End(message);
    }

    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecode(in Message message, out Rule? value)
    {
        value = null;
        if (message.Header.Type != RTM_NEWRULE)
            return true;
        if (!message.TryRead(out RuleHeader head, out AttributeReader attributes))
            return false;
        if (head.Family is not (AF_INET or AF_INET6))
            return true;

        uint priority = 0, table = head.Table;
        IPAddress? source = null, destination = null;
        string? input = null, output = null;
        byte protocol = 0;
        var extra = new VerbatimAttributes();
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case FRA_PRIORITY:
                    priority = attributes.Read<uint>();
                    break;
                case FRA_TABLE:
                    table = attributes.Read<uint>();
                    break;
                case FRA_SRC:
                    source = attributes.Ip();
                    break;
                case FRA_DST:
                    destination = attributes.Ip();
                    break;
                case FRA_IIFNAME:
                    input = attributes.Text();
                    break;
                case FRA_OIFNAME:
                    output = attributes.Text();
                    break;
                case FRA_PROTOCOL:
                    protocol = attributes.Read<byte>();
                    break;
                case FRA_SUPPRESS_PREFIXLEN or FRA_SUPPRESS_IFGROUP when attributes.Value is [255, 255, 255, 255]:
                    // -1: nothing is suppressed, the default, which every rule shows.
                    break;
                default:
                    extra.Add(attributes);
                    break;
            }
        }
        if (attributes.IsMalformed)
            return false;

        value = new Rule
        {
            Family = head.Family,
            Priority = priority,
            Action = head.Action,
            Table = table,
            Flags = head.Flags & FIB_RULE_INVERT,
            Tos = head.Tos,
            Source = source,
            SourceLength = head.SourceLength,
            Destination = destination,
            DestinationLength = head.DestinationLength,
            InputName = input,
            OutputName = output,
            Protocol = protocol,
            Extra = extra.ToString(),
        };
        return true;
    }

    private static void Write(ref MessageWriter writer, Rule rule)
    {
        writer.Append(new RuleHeader(
            rule.Family, rule.DestinationLength, rule.SourceLength, rule.Tos, (byte)(rule.Table < 256 ? rule.Table : 0),
            0, 0, rule.Action, rule.Flags));
        writer.Put(FRA_PRIORITY, rule.Priority);
        writer.Put(FRA_TABLE, rule.Table);
        if (rule.Source is not null)
            writer.Put(FRA_SRC, rule.Source);
        if (rule.Destination is not null)
            writer.Put(FRA_DST, rule.Destination);
        if (rule.InputName is not null)
            writer.Put(FRA_IIFNAME, rule.InputName);
        if (rule.OutputName is not null)
            writer.Put(FRA_OIFNAME, rule.OutputName);
        writer.Put(FRA_PROTOCOL, rule.Protocol);
        writer.AppendHex(rule.Extra);
    }
}
