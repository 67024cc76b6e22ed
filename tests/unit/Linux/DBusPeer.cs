using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>Simulates process 1 on a private socket: receives D-Bus calls, sends the given answers and records the calls.</summary>
/// <remarks>Implements from the D-Bus specification, 1.0: the EXTERNAL handshake and little-endian messages.</remarks>
internal sealed class DBusPeer : IDisposable
{
    private readonly Func<string, string> _answer;
    private readonly ScriptedPeer _peer;

    /// <summary>Starts to listen.</summary>
    /// <param name="answer">For a call's member, "s:TEXT" (a string in a variant), "o:PATH", "" or the error "NAME: words".</param>
    public DBusPeer(Func<string, string> answer)
    {
        _answer = answer;
        _peer = new ScriptedPeer(stream =>
        {
            Handshake(stream);
            while (true)
                Answer(stream);
        });
    }

    /// <summary>The path of its socket.</summary>
    public string SocketPath => _peer.SocketPath;

    /// <summary>The calls so far, one value per line; complete for every call that was answered.</summary>
    public StringBuilder Calls { get; } = new();

    public void Dispose() => _peer.Dispose();

    /// <summary>Accepts every client.</summary>
    public static void Handshake(NetworkStream stream)
    {
        if (stream.ReadByte() != 0)
            throw new InvalidDataException("the handshake begins with a NUL");
        while (true)
        {
            string line = Line(stream);
            string? reply = line switch
            {
                "AUTH EXTERNAL" => "DATA",
                "BEGIN" => null,
                "NEGOTIATE_UNIX_FD" => "AGREE_UNIX_FD",
                _ when line.StartsWith("AUTH EXTERNAL ", StringComparison.Ordinal)
                    || line.StartsWith("DATA", StringComparison.Ordinal) => "OK 0123456789abcdef0123456789abcdef",
                _ => "ERROR",
            };
            if (reply is null)
                return;
            stream.Write(Encoding.ASCII.GetBytes(reply + "\r\n"));
        }
    }

    private static string Line(NetworkStream stream)
    {
        var line = new StringBuilder();
        while (stream.ReadByte() is var b && b != '\n')
            line.Append(b >= 0 ? (char)b : throw new EndOfStreamException());
        return line.ToString().TrimEnd('\r');
    }

    // endian y, type y, flags y, version y, length of the body u, serial u, header fields a(yv), padding to 8, body.
    private void Answer(NetworkStream stream)
    {
        byte[] start = new byte[16];
        stream.ReadExactly(start);
        int bodyLength = BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(4));
        uint serial = BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
        int fieldsLength = BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(12));
        byte[] message = new byte[(16 + fieldsLength + 7) / 8 * 8 + bodyLength];
        start.CopyTo(message, 0);
        stream.ReadExactly(message.AsSpan(16));

        var fields = new Dictionary<byte, string>();
        var reader = new DBusReader(message, 16);
        while (reader.At < 16 + fieldsLength)
        {
            reader.Align(8);
            byte code = reader.Byte();
            fields[code] = reader.Text(reader.Signature());
        }
        reader.Align(8);
        string member = fields[3].Trim('"');
        if (member == "Hello")
        {
            // A client of a bus begins with this call, and systemd answers that it is not a bus.
            stream.Write(Reply(serial, "org.freedesktop.DBus.Error.UnknownMethod: Unknown interface org.freedesktop.DBus."));
            return;
        }
        Calls.Append(CultureInfo.InvariantCulture, $"{fields[6].Trim('"')} {fields[1].Trim('"')} {fields[2].Trim('"')}.{member}\n");
        reader.Print(fields.GetValueOrDefault((byte)8, "").Trim('"'), Calls, 1);

        stream.Write(Reply(serial, _answer(member)));
    }

    private static byte[] Reply(uint serial, string answer)
    {
        bool isError = answer.Contains(": ", StringComparison.Ordinal);
        string signature = isError ? "s" : answer.Split(':')[0] switch { "s" => "v", var other => other };
        string text = isError ? answer[(answer.IndexOf(' ') + 1)..] : answer[(answer.IndexOf(':') + 1)..];

        var body = new DBusWriter();
        if (signature == "v")
            body.Signature("s");
        if (signature != "")
            body.Text(text);

        return isError
            ? ScriptedPeer.Error(serial, answer[..answer.IndexOf(": ", StringComparison.Ordinal)], text)
            : ScriptedPeer.Reply(serial, signature, body.ToArray());
    }
}

/// <summary>Reads D-Bus values by their signature.</summary>
internal sealed class DBusReader(byte[] message, int at)
{
    public int At { get; private set; } = at;

    public void Align(int to) => At = (At + to - 1) / to * to;

    public byte Byte() => message[At++];

    public string Signature()
    {
        int length = Byte();
        string signature = Encoding.ASCII.GetString(message, At, length);
        At += length + 1;
        return signature;
    }

    /// <summary>A basic value as text; strings in quotes.</summary>
    public string Text(string type)
    {
        switch (type)
        {
            case "g":
                return Signature();
            case "b":
                return UInt32() == 0 ? "false" : "true";
            case "u":
                return UInt32().ToString(CultureInfo.InvariantCulture);
            case "i":
                return ((int)UInt32()).ToString(CultureInfo.InvariantCulture);
            case "t":
                return UInt64().ToString(CultureInfo.InvariantCulture);
            case "x":
                return ((long)UInt64()).ToString(CultureInfo.InvariantCulture);
            case "s" or "o":
                int length = (int)UInt32();
                string text = Encoding.UTF8.GetString(message, At, length);
                At += length + 1;
                return $"\"{text}\"";
            default:
                throw new InvalidDataException($"type {type}");
        }
    }

    /// <summary>Prints values, one per line, the contents of containers indented.</summary>
    public void Print(string signature, StringBuilder text, int depth)
    {
        for (int i = 0; i < signature.Length;)
        {
            string type = First(signature[i..]);
            i += type.Length;
            text.Append(' ', depth * 4);
            switch (type[0])
            {
                case 'a':
                    text.Append(type).Append('\n');
                    int length = (int)UInt32();
                    if (type[1] is '(' or '{' or 't' or 'x')
                        Align(8);
                    for (int end = At + length; At < end;)
                        Print(type[1..], text, depth + 1);
                    break;
                case '(' or '{':
                    Align(8);
                    text.Append(type).Append('\n');
                    Print(type[1..^1], text, depth + 1);
                    break;
                case 'v':
                    string inner = Signature();
                    text.Append("v\n");
                    Print(inner, text, depth + 1);
                    break;
                default:
                    text.Append(CultureInfo.InvariantCulture, $"{type} {Text(type)}\n");
                    break;
            }
        }
    }

    private static string First(string signature)
    {
        if (signature[0] == 'a')
            return "a" + First(signature[1..]);
        if (signature[0] is not ('(' or '{'))
            return signature[..1];
        int depth = 0;
        for (int i = 0; ; i++)
        {
            depth += signature[i] switch { '(' or '{' => 1, ')' or '}' => -1, _ => 0 };
            if (depth == 0)
                return signature[..(i + 1)];
        }
    }

    private uint UInt32()
    {
        Align(4);
        At += 4;
        return BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(At - 4));
    }

    private ulong UInt64()
    {
        Align(8);
        At += 8;
        return BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(At - 8));
    }
}

/// <summary>Writes D-Bus values; offsets count from its own start, which the caller aligns to 8.</summary>
internal sealed class DBusWriter
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public byte[] ToArray() => _bytes.ToArray();

    public void Align(int to)
    {
        while (_bytes.Count % to != 0)
            _bytes.Add(0);
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    public void UInt32(uint value)
    {
        Align(4);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    public void Signature(string signature)
    {
        _bytes.Add((byte)signature.Length);
        _bytes.AddRange(Encoding.ASCII.GetBytes(signature + "\0"));
    }

    public void Text(string text)
    {
        UInt32((uint)Encoding.UTF8.GetByteCount(text));
        _bytes.AddRange(Encoding.UTF8.GetBytes(text + "\0"));
    }

    public void UInt64(ulong value)
    {
        Align(8);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    /// <summary>An array; its length does not count the padding before its first element.</summary>
    public void Array(int alignment, Action elements)
    {
        UInt32(0);
        int length = _bytes.Count - 4;
        Align(alignment);
        int start = _bytes.Count;
        elements();
        BinaryPrimitives.WriteInt32LittleEndian(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes)[length..], _bytes.Count - start);
    }

    /// <summary>A header field: a byte and a variant.</summary>
    public void Field(byte code, string type, Action<DBusWriter> value)
    {
        Align(8);
        _bytes.Add(code);
        Signature(type);
        value(this);
    }
}
