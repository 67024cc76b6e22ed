using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;

namespace HypervVfattach.Owners;

/// <summary>The IAID that networkd gives to an interface without a setting: a hash of its persistent name, or of its MAC address if udev has no
/// name for it (dhcp_identifier_set_iaid, src/libsystemd-network/dhcp-identifier.c).</summary>
/// <remarks>A bond has no persistent name, so that its IAID would be another one.</remarks>
internal static class DerivedIaid
{
    // net_get_name_persistent, src/libsystemd-network/network-common.c: the first that udev has.
    private static readonly string[] s_names = ["ID_NET_NAME_ONBOARD", "ID_NET_NAME_SLOT", "ID_NET_NAME_PATH", "ID_NET_NAME_MAC"];

    // HASH_KEY of that file.
    private const ulong Key0 = 0xee034afec28c1180, Key1 = 0x091439366f0cd63e;

    /// <summary>The IAID of an interface.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="root">Root of the file system.</param>
    /// <returns>Null if it has neither a name nor an address.</returns>
    public static uint? Of(Link link, string root)
    {
        string[] data = (KernelFile.Text($"{root.TrimEnd('/')}/run/udev/data/n{link.Index}") ?? "").Split('\n');
        foreach (string name in s_names)
        {
            string start = $"E:{name}=";
            if (Array.Find(data, line => line.StartsWith(start, StringComparison.Ordinal)) is { } line && line.Length > start.Length)
                return Of(Encoding.UTF8.GetBytes(line[start.Length..]));
        }
        return link.PairAddress.IsEmpty ? null : Of(Convert.FromHexString(link.PairAddress.Text.Replace(":", "", StringComparison.Ordinal)));
    }

    /// <summary>Both halves of the hash in one number.</summary>
    internal static uint Of(ReadOnlySpan<byte> text)
    {
        ulong hash = SipHash(text);
        return (uint)hash ^ (uint)(hash >> 32);
    }

    // SipHash-2-4 of Aumasson and Bernstein.
    private static ulong SipHash(ReadOnlySpan<byte> text)
    {
        ulong v0 = Key0 ^ 0x736f6d6570736575, v1 = Key1 ^ 0x646f72616e646f6d, v2 = Key0 ^ 0x6c7967656e657261, v3 = Key1 ^ 0x7465646279746573;
        Span<byte> last = stackalloc byte[8];
        text[(text.Length & ~7)..].CopyTo(last);
        last[7] = (byte)text.Length;
        for (int i = 0; i <= text.Length; i += 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(i + 8 <= text.Length ? text[i..] : last);
            v3 ^= word;
            Rounds(2);
            v0 ^= word;
        }
        v2 ^= 0xff;
        Rounds(4);
        return v0 ^ v1 ^ v2 ^ v3;

        void Rounds(int count)
        {
            for (; count > 0; count--)
            {
                v0 += v1;
                v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
                v0 = BitOperations.RotateLeft(v0, 32);
                v2 += v3;
                v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
                v2 = BitOperations.RotateLeft(v2, 32);
            }
        }
    }
}
