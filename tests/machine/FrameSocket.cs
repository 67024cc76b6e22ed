using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>An AF_PACKET socket: reads and writes whole frames on an interface of the calling thread's namespace.</summary>
internal sealed class FrameSocket : IDisposable
{
    /// <summary>Size of the header that says what is left to do of a frame, checksums and segmentation: struct virtio_net_hdr,
    /// linux/virtio_net.h.</summary>
    public const int OffloadHeader = 10;

    private const ushort ETH_P_ALL = 3; // linux/if_ether.h
    private const int SOL_PACKET = 263, PACKET_VNET_HDR = 15, PACKET_IGNORE_OUTGOING = 23; // linux/socket.h, linux/if_packet.h

    private readonly Socket _socket;
    private FrameLoop? _loop;

    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="hasOffloads">Whether each frame begins with <see cref="OffloadHeader"/> bytes.</param>
    public FrameSocket(int interfaceIndex, bool hasOffloads = false)
    {
        var protocol = BinaryPrimitives.ReverseEndianness(ETH_P_ALL);
        _socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)protocol);
        if (hasOffloads)
            _socket.SetRawSocketOption(SOL_PACKET, PACKET_VNET_HDR, BitConverter.GetBytes(1));
        // What another socket sends here would look as if it had come in.
        if (hasOffloads)
            _socket.SetRawSocketOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, BitConverter.GetBytes(1));
        _socket.Bind(new LinkLayerEndPoint(protocol, interfaceIndex));
    }

    /// <summary>The socket itself, for a queue.</summary>
    public Socket Socket => _socket;

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
