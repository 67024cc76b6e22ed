using HypervVfattach.Core;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Linux.Owners;

/// <summary>Makes the changes that are asked of owners; a file an owner does the work.</summary>
internal static class OwnerChanger
{
    /// <summary>Makes a change, which may have been made already.</summary>
    /// <param name="change">The change.</param>
    /// <param name="observer">Knows the interfaces' names.</param>
    /// <param name="repeat">What is not there any more needs nothing.</param>
    /// <returns>Index of the interface on which the owner has left addresses that nobody wants; 0 for none.</returns>
    /// <exception cref="SystemRefusal">It is refused.</exception>
    public static int Make(OwnerChange change, Observer observer, bool repeat)
    {
        switch (change)
        {
            case StopClient stop:
                DhcpClientProcess.Stop(stop.Client);
                break;
            case StartClient start:
                DhcpClientProcess.Start(start, observer.NameOf(start.Link));
                break;
            case KeepUnit keep:
                BoundUnit.Keep(keep.Unit, keep.Keep);
                break;
            case PutNetworkFiles put:
                return NetworkdChanger.Put(put, observer.NameOf, repeat) ? 0 : put.Released;
            case AwaitConfigured wait:
                NetworkdChanger.AwaitConfigured(wait.Link, repeat);
                break;
            case CheckNetwork check:
                NetworkdChanger.Check(check, observer.NameOf(check.Link), repeat);
                break;
            case CheckClient check:
                DhcpClientProcess.Check(check.Client, observer.NameOf(check.Link));
                break;
            case CheckStanza check:
                Ifupdown.Check(check);
                break;
            case CheckProfile check:
                NetworkManagerChanger.Check(check, observer.NameOf(check.Link));
                break;
            case NetworkManagerChange asked:
                NetworkManagerChanger.Make(asked, observer, repeat);
                return asked is SendAway away ? away.Link : 0;
            default:
                throw new ArgumentException($"nobody makes {change.GetType().Name}", nameof(change));
        }
        return 0;
    }
}
