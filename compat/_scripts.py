"""The script of every code point, numbered as ICU's `UScriptCode` does.

https://www.unicode.org/Public/UCD/latest/ucd/Scripts.txt
"""

import bisect
import itertools

# Runs of code points of one script, in order: the length of the run, and the script's number plus one, in base 36.
_RUNS = (
    "1t:1 q:q 6:1 q:q 1b:1 1:q f:1 1:q 5:1 n:q 1:1 v:q 1:1 ch:q 13:1 5:q 5:1 2:6 k:1 34:2 4:f 1:1 3:f "
    "2:2w 4:f 1:1 1:f 4:2w 1:f 1:1 1:f 1:1 3:f 1:2w 1:f 1:2w k:f 1:2w 1r:f e:8 g:f 3p:9 2:2 4p:9 1:2w "
    "12:4 2:2w 1e:4 2:2w 3:4 1:2w 1j:k 8:2w r:k 4:2w 6:k b:2w 5:3 1:1 6:3 1:1 e:3 1:1 1:3 1:2w 1:3 1:1 "
    "w:3 1:1 a:3 b:2 q:3 1:2 30:3 1:1 y:3 e:z 1:2w 1o:z 2:2w 3:z 1c:3 1e:12 e:2w 1n:2g 2:2w 3:2g 1a:3j "
    "2:2w f:3j 1:2w s:2d 2:2w 1:2d 1:2w b:z 1h:2w l:3 1:2w i:3 b:2w f:3 1:1 t:3 29:b 4:2 f:b 2:1 q:b 4:5 "
    "1:2w 8:5 2:2w 2:5 2:2w m:5 1:2w 7:5 1:2w 1:5 3:2w 4:5 2:2w 9:5 2:2w 2:5 2:2w 4:5 8:2w 1:5 4:2w 2:5 "
    "1:2w 5:5 2:2w p:5 2:2w 3:h 1:2w 6:h 4:2w 2:h 2:2w m:h 1:2w 7:h 1:2w 2:h 1:2w 2:h 1:2w 2:h 2:2w 1:h "
    "1:2w 5:h 4:2w 2:h 2:2w 3:h 3:2w 1:h 7:2w 4:h 1:2w 1:h 7:2w h:h a:2w 3:g 1:2w 9:g 1:2w 3:g 1:2w m:g "
    "1:2w 7:g 1:2w 2:g 1:2w 5:g 2:2w a:g 1:2w 3:g 1:2w 3:g 2:2w 1:g f:2w 4:g 2:2w c:g 7:2w 7:g 1:2w 3:w "
    "1:2w 8:w 2:2w 2:w 2:2w m:w 1:2w 7:w 1:2w 2:w 1:2w 5:w 2:2w 9:w 2:2w 2:w 2:2w 3:w 7:2w 3:w 4:2w 2:w "
    "1:2w 5:w 2:2w i:w a:2w 2:10 1:2w 6:10 3:2w 3:10 1:2w 4:10 3:2w 2:10 1:2w 1:10 1:2w 2:10 3:2w 2:10 "
    "3:2w 3:10 3:2w c:10 4:2w 5:10 3:2w 3:10 1:2w 4:10 2:2w 1:10 6:2w 1:10 e:2w l:10 5:2w d:11 1:2w 3:11 "
    "1:2w n:11 1:2w g:11 3:2w 8:11 1:2w 3:11 1:2w 4:11 7:2w 2:11 1:2w 3:11 5:2w 4:11 2:2w a:11 7:2w 9:11 "
    "d:m 1:2w 3:m 1:2w n:m 1:2w a:m 1:2w 5:m 2:2w 9:m 1:2w 3:m 1:2w 4:m 7:2w 2:m 7:2w 1:m 1:2w 4:m 2:2w "
    "a:m 1:2w 2:m d:2w d:r 1:2w 3:r 1:2w 1f:r 1:2w 3:r 1:2w 6:r 4:2w g:r 2:2w q:r 1:2w 3:y 1:2w i:y 3:2w "
    "o:y 1:2w 9:y 1:2w 1:y 2:2w 7:y 3:2w 1:y 4:2w 6:y 1:2w 1:y 1:2w 8:y 6:2w a:y 2:2w 3:y c:2w 1m:13 4:2w "
    "1:1 s:13 11:2w 2:p 1:2w 1:p 1:2w 5:p 1:2w o:p 1:2w 1:p 1:2w n:p 2:2w 5:p 1:2w 1:p 1:2w 6:p 2:2w a:p "
    "2:2w 4:p w:2w 20:14 1:2w 10:14 4:2w 13:14 1:2w 10:14 1:2w f:14 1:2w 7:14 4:1 2:14 11:2w 4g:t 12:d "
    "1:2w 1:d 5:2w 1:d 2:2w 17:d 1:1 4:d 74:j 21:c 1:2w 4:c 2:2w 7:c 1:2w 1:c 1:2w 4:c 2:2w 15:c 1:2w 4:c "
    "2:2w x:c 1:2w 4:c 2:2w 7:c 1:2w 1:c 1:2w 4:c 2:2w f:c 1:2w 1l:c 1:2w 4:c 2:2w 1v:c 2:2w w:c 3:2w q:c "
    "6:2w 2e:7 2:2w 6:7 2:2w hs:15 t:u 3:2w 23:x 3:1 b:x 7:2w d:17 1:2w 7:17 b:2w l:18 2:1 9:2w k:19 c:2w "
    "d:1a 1:2w 3:1a 1:2w 2:1a c:2w 2m:o 2:2w a:o 6:2w a:o 6:2w 2:s 2:1 1:s 1:1 9:s 1:2w a:s 6:2w 2h:s "
    "7:2w 17:s 5:2w 1y:15 a:2w v:1d 1:2w c:1d 4:2w c:1d 4:2w 1:1d 3:2w c:1d u:1h 2:2w 5:1h b:2w 18:1o "
    "4:2w q:1o 6:2w b:1o 3:2w 2:1o w:o s:1k 2:2w 2:1k 1r:2z 1:2w t:2z 2:2w b:2z 6:2w a:2z 6:2w e:2z 2:2w "
    "h:2 1r:2w 24:1r 4:2w 19:1r 3:2w 1s:36 1g:1s 8:2w 4:1s 1k:2b 3:2w f:2b 3:2w 3:2b 1c:32 9:9 7:2w 17:d "
    "2:2w 3:d 8:36 8:2w 3:2 1:1 d:2 1:1 7:2 4:1 1:2 6:1 1:2 3:1 2:2 1:1 5:2w 12:q 5:f 1:9 1d:q 5:f 4:q "
    "5:f d:q 1:9 1y:q 1:f 1m:2 1:2w 5:2 74:q m:f 2:2w 6:f 2:2w 12:f 2:2w 6:f 2:2w 8:f 1:2w 1:f 1:2w 1:f "
    "1:2w 1:f 1:2w v:f 2:2w 1h:f 1:2w f:f 1:2w e:f 2:2w 6:f 1:2w j:f 2:2w 3:f 1:2w 9:f 1:2w c:1 2:2 2f:1 "
    "1:2w b:1 1:q 2:2w b:1 1:q f:1 1:2w d:q 3:2w w:1 g:2w x:2 f:2w 12:1 1:f 3:1 2:q 6:1 1:q r:1 1:q h:1 "
    "15:q 3:1 4:2w if:1 p:2w b:1 l:2w ps:1 74:1b hg:1 2:2w w:1 1:2w 2x:1 1b:1l 1:2w 1b:1l 1:2w w:q 38:8 "
    "5:2w 7:8 12:d 1:2w 1:d 5:2w 1:d 2:2w 1k:1p 7:2w 2:1p e:2w 1:1p n:c 9:2w 7:c 1:2w 7:c 1:2w 7:c 1:2w "
    "7:c 1:2w 7:c 1:2w 7:c 1:2w 7:c 1:2w 7:c 1:2w w:9 2b:1 19:2w q:i 1:2w 2h:i c:2w 5y:i q:2w c:1 4:2w "
    "5:1 1:i 1:1 1:i p:1 9:i 4:2 2:j 8:1 4:i 4:1 1:2w 2e:l 2:2w 2:2 2:1 3:l 1:1 2i:n 2:1 3:n 5:2w 17:6 "
    "1:2w 2m:j 1:2w g:1 w:6 10:1 c:2w g:n v:j 1:2w 1s:1 v:j 29:1 1b:n 1:1 2g:n 4o:1 534:i 1s:1 g71:i 3:2w "
    "wd:16 3:2w 1j:16 9:2w 1c:3o 8c:2s k:2w 2o:9 2g:3n 8:2w y:1 2u:q 3:1 1h:q 2:2w 9:q 16:2w b:q 19:1n "
    "3:2w a:1 6:2w 1k:2j 8:2w 1y:34 8:2w c:34 6:2w w:b 1a:28 1:1 1:28 10:33 b:2w 1:33 t:j 3:2w 26:27 1:2w "
    "1:1 a:27 4:2w 2:27 v:t 1:2w 1j:1v 9:2w e:1v 2:2w a:1v 2:2w 4:1v w:t 1v:3k o:2w 5:3k n:38 a:2w 6:c "
    "2:2w 6:c 2:2w 6:c 9:2w 7:c 1:2w 7:c 1:2w 17:q 1:1 9:q 1:f 4:q 2:1 4:2w 28:7 1a:38 2:2w a:38 6:2w "
    "8mc:j c:2w n:j 4:2w 1d:j 6is:2w a6:i 2:2w 2y:i 12:2w 7:q c:2w 5:4 5:2w q:k 1:2w 5:k 1:2w 1:k 1:2w "
    "2:k 1:2w 2:k 1:2w a:k 36:3 h:2w a3:3 2:1 g:2w 1s:3 2:2w 1i:3 14:2w e:3 2:2w g:2 a:1 6:2w e:2 2:9 z:1 "
    "1:2w j:1 1:2w 4:1 4:2w 5:3 1:2w 3r:3 2:2w 1:1 1:2w w:1 q:q 6:1 q:q b:1 a:n 1:1 19:n 2:1 v:j 3:2w 6:j "
    "2:2w 6:j 2:2w 6:j 2:2w 3:j 3:2w 7:1 1:2w 7:1 a:2w 5:1 2:2w c:1e 1:2w q:1e 1:2w j:1e 1:2w 2:1e 1:2w "
    "f:1e 2:2w e:1e y:2w 3f:1e 5:2w 3:1 4:2w 19:1 3:2w 9:1 27:f 1:2w d:1 3:2w 1:f 1b:2w 19:1 1:2 3m:2w "
    "t:30 3:2w 1d:2x f:2w 1:2 r:1 4:2w 10:v 9:2w 3:v r:e 5:2w 17:2i 5:2w u:1i 1:2w 1:1i 10:1q 4:2w e:1q "
    "16:2w 28:a 1c:1g u:1f 2:2w a:1f 6:2w 10:4s 4:2w 10:4s 4:2w 14:3t 8:2w 1g:4g b:2w 1:4g 40:2w 8n:2c "
    "9:2w m:2c a:2w 8:2c 48:2w 6:1c 2:2w 1:1c 1:2w 18:1c 1:2w 2:1c 3:2w 1:1c 2:2w 1:1c m:39 1:2w 9:39 "
    "w:41 v:40 8:2w 9:40 1c:2w j:4j 1:2w 2:4j 5:2w 5:4j s:2k 3:2w 1:2k q:31 5:2w 1:31 1s:2w w:2f o:3y "
    "4:2w k:3y 2:2w 1a:3y 4:1m 1:2w 2:1m 5:2w 8:1m 1:2w 3:1m 1:2w t:1m 2:2w 3:1m 4:2w a:1m 7:2w 9:1m 7:2w "
    "w:3q w:3z w:2w 13:3e 4:2w c:3e 9:2w 1i:3a 3:2w 7:3a m:3i 2:2w 8:3i j:3f 5:2w 8:3f i:3g 7:2w 4:3g "
    "c:2w 7:3g 28:2w 21:2h 1j:2w 1f:25 d:2w 1f:25 7:2w 6:25 14:53 8:2w a:53 86:2w v:3 1:2w 16:5d 1:2w "
    "3:5d 2:2w 2:5d 26:2w 14:55 8:2w 16:54 2e:2w s:5a k:2w n:56 9:2w 26:1u 4:2w u:1u f:2w 1:1u 1u:3d b:2w "
    "1:3d 2:2w p:49 7:2w a:49 6:2w 1h:3b 1:2w i:3b 8:2w 13:4h 9:2w 2o:48 1:2w k:y b:2w i:4e 1:2w 18:4e "
    "1t:2w 7:4l 1:2w 1:4l 1:2w 4:4l 1:2w f:4l 1:2w b:4l 6:2w 1n:42 5:2w a:42 6:2w 4:3u 1:2w 8:3u 2:2w "
    "2:3u 2:2w m:3u 1:2w 7:3u 1:2w 2:3u 1:2w 5:3u 1:2w 1:2 9:3u 2:2w 2:3u 2:2w 3:3u 2:2w 1:3u 6:2w 1:3u "
    "5:2w 7:3u 2:2w 7:3u 3:2w 5:3u 3v:2w 2k:4r 1:2w 5:4r u:2w 20:4f 8:2w a:4f 4m:2w 1i:4n 2:2w 12:4n y:2w "
    "1x:4k b:2w a:4k 6:2w d:s j:2w 1l:4a 7:2w a:4a 1i:2w r:4i 2:2w f:4i 4:2w g:4i 5c:2w 1o:4z 2s:2w 2b:43 "
    "c:2w 1:43 7:5b 2:2w 1:5b 2:2w 8:5b 1:2w 2:5b 1:2w u:5b 1:2w 2:5b 2:2w c:5b 9:2w a:5b 1y:2w 8:58 2:2w "
    "1a:58 2:2w b:58 r:2w 20:4y 8:2w 2b:4x t:2w 1l:4m 7b:2w 9:4p 1:2w 19:4p 1:2w e:4p a:2w t:4p 3:2w w:4q "
    "2:2w m:4q 1:2w e:4q 21:2w 7:4w 1:2w 2:4w 1:2w 18:4w 3:2w 1:4w 1:2w 2:4w 1:2w 9:4w 8:2w a:4w 6:2w "
    "6:50 1:2w 2:50 1:2w 11:50 1:2w 2:50 1:2w 6:50 7:2w a:50 8m:2w p:51 53:2w 1:3o f:2w 1e:10 d:2w 1:10 "
    "pm:2u 2u:2w 33:2u 1:2w 5:2u b:2w 5g:2u 24c:2w tr:20 1:2w 9:20 347:2w g7:4d 6nt:2w ft:3n 7:2w v:46 "
    "1:2w a:46 4:2w 2:46 2o:2w u:3r 2:2w 6:3r a:2w 1y:24 a:2w a:24 1:2w 7:24 1:2w l:24 5:2w j:24 j4:2w "
    "2j:52 2t:2w 23:2l 4:2w 1l:2l 7:2w h:2l 1s:2w 1:4b 1:47 2:1 1:5c b:2w 2:i e:2w 4qg:4b 8:2w lc:4b "
    "d2:5c 16:2w 9:4b 6wn:2w 1:n 7y:l 1d:2w 3:l h:2w 4:n 8:2w b0:47 1s4:2w 2z:3s 5:2w d:3s 3:2w 9:3s 7:2w "
    "a:3s 2:2w 4:3s 4:1 3to:2w 6u:1 a:2w 13:1 2:2w 1q:1 3:2 h:1 8:2 2:1 7:2 u:1 4:2 1n:1 n:2w 1y:f 4a:2w "
    "k:1 c:2w 2f:1 9:2w p:1 3r:2w 2d:1 1:2w 1z:1 1:2w 2:1 2:2w 1:1 2:2w 2:1 2:2w 4:1 1:2w c:1 1:2w 1:1 "
    "1:2w 7:1 1:2w 1t:1 1:2w 4:1 2:2w 8:1 1:2w 7:1 1:2w s:1 1:2w 4:1 1:2w 5:1 1:2w 1:1 3:2w 7:1 1:2w 9g:1 "
    "2:2w 84:1 2:2w 1e:1 i4:35 f:2w 5:35 1:2w f:35 11s:2w 7:1l 1:2w h:1l 2:2w 7:1l 1:2w 2:1l 1:2w 5:1l "
    "5x:2w 19:57 3:2w e:57 2:2w a:57 4:2w 2:57 a8:2w 1m:59 5:2w 1:59 zk:2w 5h:3x 2:2w g:3x 15:2w 24:4o "
    "4:2w a:4o 4:2w 2:4o lt:2w 1w:1 24:2w 1p:1 5e:2w 4:3 1:2w r:3 1:2w 2:3 1:2w 1:3 2:2w 1:3 1:2w a:3 "
    "1:2w 4:3 1:2w 1:3 1:2w 1:3 6:2w 1:3 4:2w 1:3 1:2w 1:3 1:2w 1:3 1:2w 3:3 1:2w 2:3 1:2w 1:3 2:2w 1:3 "
    "1:2w 1:3 1:2w 1:3 1:2w 1:3 1:2w 1:3 1:2w 2:3 1:2w 1:3 2:2w 4:3 1:2w 7:3 1:2w 4:3 1:2w 4:3 1:2w 1:3 "
    "1:2w a:3 1:2w h:3 5:2w 3:3 1:2w 5:3 1:2w h:3 1g:2w 2:3 7i:2w 18:1 4:2w 2s:1 c:2w f:1 2:2w f:1 1:2w "
    "f:1 1:2w 11:1 a:2w 4u:1 1k:2w q:1 1:l 2:1 d:2w 18:1 4:2w 9:1 7:2w 2:1 e:2w 6:1 4a:2w rc:1 8:2w d:1 "
    "3:2w d:1 3:2w 38:1 c:2w 2h:1 7:2w c:1 k:2w c:1 4:2w 1k:1 8:2w a:1 6:2w 14:1 8:2w u:1 2:2w 2:1 26:2w "
    "3d:1 1:2w 2a:1 1:2w 3r:1 c:2w e:1 2:2w 5:1 3:2w 3:1 5:2w 7:1 9:2w p:1 7:2w 7:1 9:2w 3:1 d:2w 7:1 "
    "15:2w 43:1 1:2w 1j:1 11:2w a:1 sm:2w wym:i y:2w 379:i b:2w 66:i 2:2w 4g2:i e:2w 5rl:i 2e7:2w f2:i "
    "15u:2w 3t7:i fcfq:2w 1:1 u:2w 2o:1 3k:2w 6o:2 47bk:2w "
)


def _table():
    runs = [run.split(":") for run in _RUNS.split()]
    starts = [0, *itertools.accumulate(int(length, 36) for length, _ in runs)][:-1]
    return starts, [int(script, 36) - 1 for _, script in runs]


_STARTS, _SCRIPTS = _table()


def script_of(point):
    """Return the number of a code point's script, -1 for what is no code point.

    >>> from compat._scripts import script_of
    >>> script_of(ord("a")), script_of(0x4E00)
    (25, 17)
    """
    if not 0 <= point <= 0x10FFFF:
        return -1
    return _SCRIPTS[bisect.bisect_right(_STARTS, point) - 1]
