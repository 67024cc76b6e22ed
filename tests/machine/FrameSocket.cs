using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>An AF_PACKET socket: reads and writes whole frames on an interface of the calling thread's namespace.</summary>
internal sealed class FrameSocket : IDisposable
{
    private const ushort ETH_P_ALL = 3; // linux/if_ether.h

    private readonly Socket _socket;
    private FrameLoop? _loop;

    public FrameSocket(int interfaceIndex)
    {
        var protocol = BinaryPrimitives.ReverseEndianness(ETH_P_ALL);
        _socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)protocol);
        _socket.Bind(new LinkLayerEndPoint(protocol, interfaceIndex));
    }

    public void Start(FrameHandler handler) => _loop = new FrameLoop(_socket, "wire peer", handler);

    public void Send(ReadOnlySpan<byte> frame) => _socket.Send(frame, SocketFlags.None, out _);

    public void Dispose()
    {
        _loop?.Dispose();
        _socket.Dispose();
    }

    // struct sockaddr_ll, linux/if_packet.h; only family, protocol and index matter to bind.
    private sealed class LinkLayerEndPoint(ushort protocol, int index) : EndPoint
    {
        private const int Size = 20;

        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, Size);
            BitConverter.TryWriteBytes(address.Buffer.Span[2..], protocol);
            BitConverter.TryWriteBytes(address.Buffer.Span[4..], index);
            return address;
        }
    }
}
