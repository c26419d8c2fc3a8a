# Looks a name up by Net::DNS' search.
use strict;
use warnings;
use Net::DNS;
my $resolver = Net::DNS::Resolver->new;
my $answer = $resolver->search($ARGV[0], 'A');
my @found = $answer ? map { $_->address } grep { $_->type eq 'A' } $answer->answer : ();
printf qq({"addresses": [%s], "error": "%s"}\n), join(', ', map { qq("$_") } @found), @found ? '' : $resolver->errorstring;
