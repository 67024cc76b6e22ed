using System.Runtime.InteropServices;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Reads the kernel's answer to a request (NLMSG_ERROR, NLMSG_DONE; <c>struct nlmsgerr</c>).</summary>
internal static class AckReader
{
    /// <summary>Reads errno and extended ack from an answer.</summary>
    /// <param name="message">The answer.</param>
    /// <param name="request">The request, to name the attribute that the kernel points at; may be empty.</param>
    /// <param name="ack">The errno and the kernel's message.</param>
    /// <returns>False for a malformed answer.</returns>
    public static bool TryRead(in Message message, ReadOnlySpan<byte> request, out Ack ack)
    {
        ack = default;
        if (!MemoryMarshal.TryRead(message.Payload, out int error))
            return false;
        int errno = error < 0 ? -error : 0;
        ack = new Ack(errno, null);
        if ((message.Header.Flags & NLM_F_ACK_TLVS) == 0)
            return true;

        // In an ERROR the errno is followed by the request's header, and by its payload unless the answer is capped (NETLINK_CAP_ACK, and
        // always on success); a DONE has only the errno.
        int offset = sizeof(int);
        if (message.Header.Type == NLMSG_ERROR)
        {
            if (!MemoryMarshal.TryRead(message.Payload[offset..], out MessageHeader original))
                return false;
            bool capped = errno == 0 || (message.Header.Flags & NLM_F_CAPPED) != 0;
            uint length = capped ? MessageHeader.Size : (original.Length + 3) & ~3u;
            if (length > (uint)(message.Payload.Length - offset))
                return false;
            offset += (int)length;
        }

        var attributes = new AttributeReader(message.Payload[offset..]);
        string? words = null, attribute = null;
        while (attributes.Next())
        {
            if (attributes.Type == NLMSGERR_ATTR_MSG)
                words = attributes.Text();
            else if (attributes.Type == NLMSGERR_ATTR_OFFS && attributes.Value.Length >= sizeof(uint))
                attribute = AttributeNames.At(request, attributes.Read<uint>());
        }
        if (attribute is not null)
            words = words is null ? attribute : $"{words} ({attribute})";
        ack = new Ack(errno, words);
        return !attributes.IsMalformed;
    }
}
